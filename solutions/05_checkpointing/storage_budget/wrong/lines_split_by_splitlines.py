# says: JSONDecodeError
class Log(TypedDict):
    lines: str  # one JSON line per message: far smaller than pickled messages


def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""
    saver = SqliteSaver(connection)
    kinds = {"human": HumanMessage, "ai": AIMessage}

    def line(kind: str, text: str) -> str:
        return json.dumps([kind, text], ensure_ascii=False) + "\n"

    def answer(state: Log) -> dict[str, Any]:
        said = [json.loads(row) for row in state["lines"].splitlines()]
        reply = model([kinds[kind](text) for kind, text in said])
        return {"lines": state["lines"] + line("ai", reply)}

    builder = StateGraph(Log).add_node("answer", answer)
    builder.add_edge(START, "answer").add_edge("answer", END)
    graph = builder.compile(checkpointer=saver)

    def say(customer: str, text: str) -> str:
        thread = "chat:" + customer
        config = {"configurable": {"thread_id": thread}}
        before = graph.get_state(config).values.get("lines", "")
        try:
            done = graph.invoke({"lines": before + line("human", text)}, config, durability="exit")
            return json.loads(done["lines"].splitlines()[-1])[1]
        finally:
            with saver.cursor() as cursor:
                cursor.execute("SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?", (thread,))
                (newest,) = cursor.fetchone()
                for table in ("writes", "checkpoints"):
                    cursor.execute(
                        f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id <> ?", (thread, newest)
                    )

    return say
