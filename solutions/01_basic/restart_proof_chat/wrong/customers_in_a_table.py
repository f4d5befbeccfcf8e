# says: a table or file of your own
from contextlib import closing


def number_of(db_path: str, customer: str) -> int:
    """Customers are numbered in the order in which they come."""
    with closing(sqlite3.connect(db_path, timeout=30)) as connection, connection:
        connection.execute("create table if not exists customers (id integer primary key, name text unique)")
        connection.execute("insert or ignore into customers (name) values (?)", (customer,))
        return connection.execute("select id from customers where name = ?", (customer,)).fetchone()[0]


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": f"customer-{number_of(db_path, customer)}"}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
