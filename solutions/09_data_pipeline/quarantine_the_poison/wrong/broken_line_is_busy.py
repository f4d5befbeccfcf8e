# says: `ReadTimeout`, which isn't `Busy`
def quarantine_the_poison(
    part: Part,
    price: Callable[[Sequence[Order]], dict[str, int]],
    sink: Sink,
    wait: Callable[[int], object],
) -> dict[str, int]:
    """Price what can be priced of a part, and quarantine the rest with its reason."""
    for_later = (Busy, httpx.TransportError)
    good: list[tuple[int, str, Order]] = []
    priced: list[Priced] = []
    rejected: list[Rejected] = []

    def reject(number: int, reason: str, line: str) -> None:
        rejected.append(Rejected(f"{part['start']}+{number}", reason, line))

    for number, line in enumerate(read(part)):
        try:
            good.append((number, line, Order.parse(line)))
        except BadOrder as error:
            reject(number, str(error), line)

    def ask_patiently(orders: list[Order]) -> dict[str, int]:
        attempt = 1
        while True:
            try:
                return price(orders)
            except for_later:
                if attempt == 5:
                    raise
                wait(attempt)
                attempt += 1

    def split(rows: list[tuple[int, str, Order]]) -> None:
        try:
            prices = ask_patiently([order for _, _, order in rows])
        except Refused:
            if len(rows) == 1:
                reject(rows[0][0], "refused", rows[0][1])
                return
            middle = (len(rows) + 1) // 2
            split(rows[:middle])
            split(rows[middle:])
            return
        priced.extend(Priced(order.id, order.sku, order.quantity, prices[order.id]) for _, _, order in rows)

    if good:
        split(good)
    sink.keep(priced, rejected)
    return {"ok": len(priced), "bad": len(rejected)}
