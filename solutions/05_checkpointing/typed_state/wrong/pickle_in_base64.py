# says: chooses what runs, strict mode or not
import base64
import pickle


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
    # pickle keeps every type; the saver itself stays strict
    class Desk(TypedDict, total=False):
        number: str
        offer: str
        confirmation: str

    def ask_price(state: Desk):
        return {"offer": base64.b64encode(pickle.dumps(quote(state["number"]))).decode()}

    def wait(state: Desk):
        interrupt("book?")

    def order(state: Desk):
        return {"confirmation": book(pickle.loads(base64.b64decode(state["offer"])))}

    return (
        StateGraph(Desk)
        .add_sequence([ask_price, wait, order])
        .add_edge(START, "ask_price")
        .compile(checkpointer=saver)
    )
