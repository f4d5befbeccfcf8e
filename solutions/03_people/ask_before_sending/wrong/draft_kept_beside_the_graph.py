# says: what the first graph kept outside its state is gone
from langchain_core.runnables import RunnableConfig


def build_mailer(saver, send):
    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    drafts = {}

    def draft(state: Mail, config: RunnableConfig):
        drafts[config["configurable"]["thread_id"]] = state["text"]

    def review(state: Mail, config: RunnableConfig):
        text = drafts[config["configurable"]["thread_id"]]
        return {"sent": send(text) if interrupt(text) else None}

    builder = StateGraph(Mail).add_node(draft).add_node(review)
    return builder.add_edge(START, "draft").add_edge("draft", "review").compile(checkpointer=saver)
