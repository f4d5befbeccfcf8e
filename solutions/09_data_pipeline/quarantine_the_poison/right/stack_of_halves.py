def quarantine_the_poison(part, price, sink, wait):
    """No recursion: a stack of lists that are still to be priced. Each piece is kept as soon as it's known."""
    ok = bad = 0
    waiting = []
    for number, line in enumerate(read(part)):
        place = f"{part['start']}+{number}"
        try:
            waiting.append((place, line, Order.parse(line)))
        except BadOrder as problem:
            sink.keep([], [Rejected(place, problem.args[0], line)])
            bad += 1
    stack = [waiting] if waiting else []
    while stack:
        piece = stack.pop()
        failures = 0
        while True:
            try:
                cents = price([order for _, _, order in piece])
            except Busy:
                failures += 1
                if failures == 5:
                    raise
                wait(failures)
            except Refused:
                if len(piece) > 1:
                    stack += [piece[len(piece) // 2 :], piece[: len(piece) // 2]]
                else:
                    sink.keep([], [Rejected(piece[0][0], "refused", piece[0][1])])
                    bad += 1
                break
            else:
                sink.keep([Priced(o.id, o.sku, o.quantity, cents[o.id]) for _, _, o in piece])
                ok += len(piece)
                break
    return {"ok": ok, "bad": bad}
