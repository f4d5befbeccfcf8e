# says: halve what's refused
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    rows, rejected = [], []
    for number, line in enumerate(read(part)):
        try:
            rows.append((number, line, Order.parse(line)))
        except BadOrder as error:
            rejected.append(Rejected(f"{part['start']}+{number}", str(error), line))

    priced = []

    def ask_for(some):
        for failure in range(1, 6):
            try:
                return price([order for _, _, order in some])
            except Busy:
                if failure == 5:
                    raise
                wait(failure)
        raise AssertionError

    def work_on(some):
        try:
            cents = ask_for(some)
        except Refused:
            if len(some) == 1:
                number, line, _ = some[0]
                rejected.append(Rejected(f"{part['start']}+{number}", "refused", line))
                return
            half = len(some) // 2
            for begin in range(0, len(some), half):
                work_on(some[begin : begin + half])
            return
        for _, _, order in some:
            priced.append(Priced(order.id, order.sku, order.quantity, cents[order.id]))

    if rows:
        work_on(rows)
    sink.keep(priced, rejected)
    return {"ok": len(priced), "bad": len(rejected)}
