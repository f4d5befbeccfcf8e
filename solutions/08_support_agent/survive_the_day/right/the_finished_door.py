def open_door(path, model, shop):
    """The package's own door, with patience, and answers that are read from the thread."""
    from course.support_agent.forget import forget
    from course.support_agent.sessions import Door

    door = Door(path, model, shop)

    def patiently(call, *given):
        for wait in (0.02, 0.05, 0.1, 0.2):
            try:
                return call(*given)
            except ConnectionError:
                time.sleep(wait)
        return call(*given)

    def serve(event):
        match event:
            case {"kind": "message", "customer": customer, "thread": thread, "id": id, "text": text}:
                patiently(door.say, customer, thread, text, id)
                said = door.graph.get_state({"configurable": {"thread_id": thread}}).values["messages"]
                start = next(place for place, m in enumerate(said) if m.id == id)
                until = next((n for n, m in enumerate(said) if n > start and m.type == "human"), len(said))
                return [m.text for m in said[start:until] if m.type == "ai" and m.text]
            case {"kind": "answer", "staff": staff, "thread": thread, "answer": answer}:
                return patiently(door.answer, staff, thread, answer).replies
            case {"kind": "forget", "customer": customer}:
                forget(door, customer)
        return []

    return serve
