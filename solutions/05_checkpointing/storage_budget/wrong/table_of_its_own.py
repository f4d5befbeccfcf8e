# says: without the table
def open_chat(connection, model):
    # a table of my own is smaller; LangGraph's checkpoint holds the last answer
    class Chat(TypedDict, total=False):
        customer: str
        text: str
        answer: str

    connection.execute("create table if not exists said (n integer primary key, customer, kind, text)")
    connection.commit()

    def bot(state: Chat):
        rows = connection.execute(
            "select kind, text from said where customer = ? order by n", (state["customer"],)
        ).fetchall()
        messages = [HumanMessage(t) if k == "h" else AIMessage(t) for k, t in rows] + [
            HumanMessage(state["text"])
        ]
        return {"answer": model(messages)}

    graph = (
        StateGraph(Chat).add_node(bot).add_edge(START, "bot").compile(checkpointer=SqliteSaver(connection))
    )

    def say(customer, text):
        answer = graph.invoke(
            {"customer": customer, "text": text}, {"configurable": {"thread_id": customer}}, durability="exit"
        )["answer"]
        connection.executemany(
            "insert into said (customer, kind, text) values (?, ?, ?)",
            [(customer, "h", text), (customer, "a", answer)],
        )
        connection.commit()
        connection.execute("delete from writes")
        connection.execute(
            "delete from checkpoints where checkpoint_id not in (select max(checkpoint_id) from checkpoints group by thread_id)"
        )
        connection.commit()
        return answer

    return say
