def build_desk(model, saver, store):
    def home(runtime):
        if not runtime.context.customer:
            raise PermissionError("no customer")
        return ("facts", runtime.context.customer.encode().hex())

    def known(runtime):
        found = {}
        while page := store.search(home(runtime), limit=7, offset=len(found)):
            found |= {item.key: item.value for item in page}
        return found.values()

    class Note(BaseTool):
        name: str = "note"
        description: str = "Remember a fact."

        def _run(self, subject: str, fact: str, runtime: ToolRuntime[Context, Any]) -> str:
            text = f"{' '.join(subject.split())}: {' '.join(fact.split())}"
            store.put(home(runtime), "-".join(subject.casefold().split()), {"text": text})
            return text

    @tool
    def recall(runtime: ToolRuntime[Context, Any]) -> str:
        """Look up the customer."""
        return "\n".join(value["text"] for value in known(runtime))

    def answer(state, runtime: Runtime[Context]):
        head = [SystemMessage(RULES)]
        if lines := "\n".join("> " + value["text"] for value in known(runtime)):
            head.append(HumanMessage(lines, name="notes"))
        return {"messages": model(head + state["messages"])}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [Note(), recall])
    return builder.compile(saver, store=store)
