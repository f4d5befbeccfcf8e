# says: so keep the node
def upgrade(saver, threads, price, deliver):
    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    with saver.cursor() as cur:
        rows = cur.execute("select rowid, type, checkpoint from checkpoints").fetchall()
        for rowid, kind, blob in rows:
            cp = saver.serde.loads_typed((kind, blob))
            for part in ("channel_values", "channel_versions"):
                cp[part] = {
                    (
                        "customer" if k == "client" else "branch:to:approve" if k == "branch:to:review" else k
                    ): v
                    for k, v in cp[part].items()
                }
            kind, blob = saver.serde.dumps_typed(cp)
            cur.execute(
                "update checkpoints set type = ?, checkpoint = ? where rowid = ?", (kind, blob, rowid)
            )
    return builder.compile(checkpointer=saver)
