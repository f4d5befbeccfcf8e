# says: was given the same number
class Tariff(Enum):
    EXPRESS = "express"
    NIGHT = "night"
    SAVER = "saver"


class Shipper(BaseModel):
    name: str
    limit: Decimal
    tariffs: list[Tariff]


class Offer(TypedDict):
    total: Decimal
    tariff: Tariff
    shipper: Shipper
    route: tuple[str, ...]
    legs: list[tuple[str, Decimal]]


class _Row(TypedDict, total=False):
    number: str
    sheet: str
    quoted: str
    confirmation: str


def _write(offer: Offer) -> str:
    shipper = offer["shipper"]
    return json.dumps(
        [
            str(offer["total"]),
            offer["tariff"].name,
            [shipper.name, str(shipper.limit), [t.name for t in shipper.tariffs]],
            list(offer["route"]),
            [[place, str(fee)] for place, fee in offer["legs"]],
        ]
    )


def _read(sheet: str) -> Offer:
    total, tariff, (name, limit, tariffs), route, legs = json.loads(sheet)
    return Offer(
        total=Decimal(total),
        tariff=Tariff[tariff],
        shipper=Shipper(name=name, limit=Decimal(limit), tariffs=[Tariff[t] for t in tariffs]),
        route=tuple(route),
        legs=[(place, Decimal(fee)) for place, fee in legs],
    )


def build_booking(
    saver: BaseCheckpointSaver, quote: Callable[[str], Offer], book: Callable[[Offer], str]
) -> CompiledStateGraph:
    """Return a graph that quotes an offer, waits, and books the same offer, types and all."""

    def ask(row: _Row) -> _Row:
        if row.get("quoted") == row["number"]:  # a resume after a kill must not quote twice
            return {"quoted": row["number"]}
        return {"sheet": _write(quote(row["number"])), "quoted": row["number"]}

    def order(row: _Row) -> _Row:
        interrupt({"approve": row["number"]})
        return {"confirmation": book(_read(row["sheet"]))}

    builder = StateGraph(_Row).add_sequence([("ask", ask), ("order", order)])
    return builder.add_edge(START, "ask").compile(checkpointer=saver)
