def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    """Return the last turns of a conversation, each of them whole."""

    def questions(part):
        return sum(m.type == "human" for m in part)

    return trim_messages(
        messages, max_tokens=turns, token_counter=questions, strategy="last", start_on="human"
    )
