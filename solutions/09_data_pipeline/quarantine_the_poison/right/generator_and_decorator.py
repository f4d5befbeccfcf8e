def again_while_busy(call, wait, attempts=5):
    def tried(*given):
        for attempt in range(1, attempts + 1):
            try:
                return call(*given)
            except Busy:
                wait(attempt)
                if attempt == attempts:
                    raise
        return None

    return tried


def outcomes(lines, price):
    """Yield `(line, cents)` for what can be priced, and `(line, None)` for what can't."""
    try:
        cents = price([order for _, _, order in lines])
        yield from ((line, cents[line[2].id]) for line in lines)
    except Refused:
        if len(lines) == 1:
            yield lines[0], None
        else:
            yield from outcomes(lines[: len(lines) // 2], price)
            yield from outcomes(lines[len(lines) // 2 :], price)


def quarantine_the_poison(part, price, sink, wait):
    lines, good, bad = [], [], []
    for number, raw in enumerate(read(part)):
        place = f"{part['start']}+{number}"
        try:
            lines.append((place, raw, Order.parse(raw)))
        except BadOrder as problem:
            bad.append(Rejected(place, str(problem), raw))
    for (place, raw, order), cents in outcomes(lines, again_while_busy(price, wait)) if lines else ():
        if cents is None:
            bad.append(Rejected(place, "refused", raw))
        else:
            good.append(Priced(order.id, order.sku, order.quantity, cents))
    sink.keep(good, bad)
    return Counter(ok=len(good), bad=len(bad))
