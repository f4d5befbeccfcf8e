# says: `str.splitlines` ends a line
import contextlib
from pathlib import Path


class Request(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    file = Path(cache_path).absolute()
    file.touch()

    def advise(state: Request) -> Request:
        asked = [state["user"], state["question"]]
        for line in file.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):  # a line that a killed process didn't finish
                *of, answer = json.loads(line)
                if of == asked:
                    return {"answer": answer}
        answer = ask(*asked)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps([*asked, answer], ensure_ascii=False) + "\n")
        return {"answer": answer}

    return StateGraph(Request).add_node(advise).add_edge(START, "advise").compile()
