# says: a thread's state outlives it: count from zero
def build_front_page(
    saver: BaseCheckpointSaver,
    recommend: Callable[[str], list[str]],
    publish: Callable[[str, list[str], bool], None],
    attempts: int,
    default: list[str],
) -> CompiledStateGraph:
    """Build the graph that publishes a customer's front page, with a fallback where nothing is recommended."""

    class Page(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool
        tries: int
        ok: bool

    class Shown(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool

    def choose(state: Page) -> dict[str, Any]:
        try:
            return {"items": recommend(state["customer"]), "degraded": False, "ok": True, "tries": 0}
        except Exception:
            time.sleep(0.01)
            return {"tries": state.get("tries", 0) + 1, "ok": False}

    def after(state: Page) -> str:
        if state["ok"]:
            return "show"
        return "choose" if state["tries"] < attempts else "fall_back"

    def fall_back(state: Page) -> dict[str, Any]:
        return {"items": state.get("items", default), "degraded": True}

    def show(state: Page) -> dict[str, Any]:
        publish(state["customer"], state["items"], state["degraded"])
        return {}

    builder = StateGraph(Page, output_schema=Shown)
    builder.add_node("choose", choose).add_node("fall_back", fall_back).add_node("show", show)
    builder.add_edge(START, "choose").add_edge("fall_back", "show")
    builder.add_conditional_edges("choose", after, ["choose", "fall_back", "show"])
    return builder.compile(checkpointer=saver)
