# says: an empty answer is an answer too
from contextlib import closing


class Shelf:
    def __init__(self, path):
        self.path = path

    def __call__(self, sql, *values):
        with closing(sqlite3.connect(self.path)) as db, db:
            db.execute(
                "create table if not exists kept (user text, question text, answer text, primary key (user, question))"
            )
            return db.execute(sql, values).fetchall()


def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    class State(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    shelf = Shelf(cache_path)

    def advise(state):
        key = state["user"], state["question"]
        for (answer,) in shelf("select answer from kept where user = ? and question = ?", *key):
            if answer:
                return {"answer": answer}
        answer = ask(*key)
        shelf("insert or replace into kept values (?, ?, ?)", *key, answer)
        return {"answer": answer}

    return StateGraph(State).add_node(advise).set_entry_point("advise").compile()
