from langgraph.func import entrypoint


def chat(db_path, customer, text, model):
    """The functional API: no graph to draw, and `previous` is what the last run saved."""
    with SqliteSaver.from_conn_string(db_path) as saver:

        @entrypoint(checkpointer=saver)
        def turn(new: str, *, previous: Any = None) -> Any:
            messages = [*(previous or []), HumanMessage(new)]
            answer = model(messages)
            return entrypoint.final(value=answer, save=[*messages, AIMessage(answer)])

        return turn.invoke(text, {"configurable": {"thread_id": f"customer:{customer}"}})
