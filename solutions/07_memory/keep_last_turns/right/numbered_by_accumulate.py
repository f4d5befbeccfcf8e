from itertools import accumulate


def keep_last_turns(messages: list[AnyMessage], turns: int) -> list[AnyMessage]:
    number = [*accumulate(isinstance(message, HumanMessage) for message in messages)]
    return [m for n, m in zip(number, messages, strict=True) if n > number[-1] - turns]
