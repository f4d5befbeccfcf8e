# says: a float doesn't keep
import json


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
        offer = quote(state["number"])
        plain = {
            **offer,
            "tariff": offer["tariff"].value,
            "shipper": offer["shipper"].model_dump(mode="json"),
        }
        return {"offer": json.dumps(plain, default=float)}  # JSON is safe, and a number is a number

    def confirm(state):
        interrupt("May it be booked?")
        offer = json.loads(state["offer"])
        offer["tariff"] = Tariff(offer["tariff"])
        offer["shipper"] = Shipper(**offer["shipper"])
        offer["route"] = tuple(offer["route"])
        offer["legs"] = [tuple(leg) for leg in offer["legs"]]
        return {"confirmation": book(offer)}

    builder = StateGraph(Booking).add_node(make_offer).add_node(confirm)
    builder.add_edge(START, "make_offer").add_edge("make_offer", "confirm")
    return builder.compile(checkpointer=saver)
