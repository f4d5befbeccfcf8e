# says: don't `eval` it
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


def build_booking(saver, quote, book):
    class Booking(TypedDict, total=False):
        number: str
        offer: str
        confirmation: str

    def make_offer(state):
        o = dict(quote(state["number"]))
        o["tariff"] = o["tariff"].name
        o["shipper"] = o["shipper"].model_dump_json()
        return {"offer": repr(o)}

    def confirm(state):
        interrupt("ok?")
        o = eval(state["offer"])
        o["tariff"] = Tariff[o["tariff"]]
        o["shipper"] = Shipper.model_validate_json(o["shipper"])
        return {"confirmation": book(o)}

    return (
        StateGraph(Booking)
        .add_sequence([make_offer, confirm])
        .add_edge(START, "make_offer")
        .compile(checkpointer=saver)
    )
