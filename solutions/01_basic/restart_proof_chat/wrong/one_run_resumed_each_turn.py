# says: runs from its beginning
from langgraph.types import Command, interrupt


class Talk(TypedDict):
    first: str


def chat(db_path, customer, text, model):
    def converse(state: Talk):
        messages, said = [], state["first"]
        while True:
            messages.append(HumanMessage(said))
            messages.append(AIMessage(model([*messages])))
            said = interrupt(messages[-1].text)

    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = StateGraph(Talk).add_node(converse).add_edge(START, "converse").compile(checkpointer=saver)
        config = {"configurable": {"thread_id": customer}}
        waits = graph.get_state(config).next
        result = graph.invoke(Command(resume=text) if waits else {"first": text}, config)
    return result["__interrupt__"][0].value
