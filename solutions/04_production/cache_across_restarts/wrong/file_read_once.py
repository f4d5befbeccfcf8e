# says: look into the file at each request
from pathlib import Path


class State(TypedDict, total=False):
    user: str
    question: str
    request_id: str
    answer: str


def build_advisor(cache_path, ask):
    try:
        with Path(cache_path).open() as file:
            kept = json.load(file)
    except (OSError, ValueError):
        kept = {}

    def advise(state):
        key = json.dumps([state["user"], state["question"]])
        if key not in kept:
            kept[key] = ask(state["user"], state["question"])
            with Path(cache_path).open("w") as file:
                json.dump(kept, file)
        return {"answer": kept[key]}

    return StateGraph(State).add_node(advise).set_entry_point("advise").compile()
