# says: in a `STRING` column
# SQLite stores "007" in a STRING column as the number 7
def build_advisor(cache_path: str, ask: Callable[[str, str], str]) -> CompiledStateGraph:
    """Return a graph that answers, and asks once for each user and question."""

    class Request(TypedDict, total=False):
        user: str
        question: str
        request_id: str
        answer: str

    answers = sqlite3.connect(cache_path, check_same_thread=False, isolation_level=None)
    answers.execute(
        "CREATE TABLE IF NOT EXISTS answers"
        " (user STRING, question STRING, answer STRING, PRIMARY KEY (user, question))"
    )

    def advise(state: Request) -> Request:
        key = (state["user"], state["question"])
        found = answers.execute("SELECT answer FROM answers WHERE user = ? AND question = ?", key).fetchone()
        if found is not None:
            return {"answer": found[0]}
        answer = ask(*key)
        answers.execute("INSERT INTO answers VALUES (?, ?, ?)", (*key, answer))
        return {"answer": answer}

    builder = StateGraph(Request).add_node(advise).add_edge(START, "advise")
    return builder.compile()
