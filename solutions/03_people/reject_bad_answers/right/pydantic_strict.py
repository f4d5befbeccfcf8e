from pydantic import Field, TypeAdapter, ValidationError


def submit(graph, thread_id, question, answer):
    """Pydantic in strict mode knows the types; the tasks of the snapshot know the questions."""
    config = {"configurable": {"thread_id": thread_id}}
    for step in graph.get_state(config).tasks:
        for pending in step.interrupts:
            if pending.id != question or step.result is not None:
                continue
            asked = pending.value
            kinds = {
                "yes_no": bool,
                "cents": Annotated[int, Field(ge=0)],
                "choice": Literal[tuple(asked.get("options", ["-"]))],
                "note": str,
            }
            try:
                checked = TypeAdapter(kinds[asked["kind"]]).validate_python(answer, strict=True)
            except ValidationError:
                return False
            for _ in graph.stream(Command(resume={question: checked}), config):
                pass
            return True
    return False
