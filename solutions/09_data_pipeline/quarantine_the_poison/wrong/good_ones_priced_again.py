# says: keep what a call returns
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    priced: list[Priced] = []
    rejected: list[Rejected] = []

    def reject(number: int, reason: str) -> None:
        rejected.append(Rejected(f"{part['start']}+{number}", reason, lines[number]))

    def patient(orders: Sequence[Order]) -> dict[str, int]:
        failures = 0
        while True:
            try:
                return price(orders)
            except Busy:
                failures += 1
                if failures == 5:
                    raise
                wait(failures)

    lines = list(read(part))
    good: list[tuple[int, Order]] = []
    for number, line in enumerate(lines):
        try:
            good.append((number, Order.parse(line)))
        except BadOrder as error:
            reject(number, str(error))

    todo = [good] if good else []
    clean: list[Order] = []
    cents: dict[str, int] = {}
    while todo:
        batch = todo.pop()
        try:
            cents = patient([order for _, order in batch])
        except Refused:
            if len(batch) == 1:
                reject(batch[0][0], "refused")
            else:
                middle = len(batch) // 2
                todo += [batch[middle:], batch[:middle]]
        else:
            clean += [order for _, order in batch]
    if len(clean) > len(cents):
        cents = patient(clean)
    priced = [Priced(o.id, o.sku, o.quantity, cents[o.id]) for o in clean]
    sink.keep(priced, rejected)
    return {"ok": len(priced), "bad": len(rejected)}
