# says: an empty list
def build_front_page(saver, recommend, publish, attempts, default):
    from dataclasses import dataclass

    @dataclass
    class Page:
        customer: str
        items: list[str] | None = None
        degraded: bool = False

    def choose(page: Page) -> Command:
        for left in reversed(range(attempts)):
            try:
                return Command(update={"items": recommend(page.customer), "degraded": False}, goto="show")
            except Exception:
                if left:
                    time.sleep(0.01)
        old = page.items or default
        return Command(update={"items": list(old), "degraded": True}, goto="show")

    def show(page: Page):
        publish(page.customer, page.items, page.degraded)

    builder = StateGraph(Page)
    builder.add_node("choose", choose, destinations=("show",))
    builder.add_node("show", show)
    builder.set_entry_point("choose")
    return builder.compile(checkpointer=saver)
