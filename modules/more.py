# %% [markdown]
# # More: learned instructions, versions, streams
#
# Here are three topics that the lessons only touch. Each begins with a failure. To run it all yourself, take
# the code from `modules/more.py`.

# %% [markdown]
# ## An agent that learns its instructions can't repeat last week's answer
#
# *Procedural memory* is what an agent knows about doing its job: its own instructions. Keep them in the
# store, and feedback changes every later thread without a deploy. Here staff's feedback is appended. A real
# agent would have a model rewrite the text.

# %%
from langchain_core.messages import SystemMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.memory import InMemoryStore

from course import chat_model


def clerk(messages):
    no = "No refund after 30 days."
    return f"I'm sorry. {no}" if "Apologise" in messages[0].text else no


model, store = chat_model(clerk), InMemoryStore()
rules = ("shop", "instructions"), "current"


def thread(name):
    return {"configurable": {"thread_id": name}}


# %%
def answer(state: MessagesState, runtime: Runtime):
    told = SystemMessage(runtime.store.get(*rules).value["text"])
    return {"messages": [model.invoke([told, *state["messages"]])]}


def say(graph, config, given):
    return graph.invoke(given, config)["messages"][-1].text


builder = StateGraph(MessagesState).add_node(answer)
builder.add_edge(START, "answer")
shop = builder.compile(checkpointer=InMemorySaver(), store=store)
asks = {"messages": ["I'd like my money back."]}

store.put(*rules, {"text": "You serve a flower shop."})
print("Mara:", say(shop, thread("mara"), asks))
store.put(*rules, {"text": "You serve a flower shop. Apologise first."})
print("Ben: ", say(shop, thread("ben"), asks))

# %% [markdown]
# It learned. Then Mara complains about her answer, and somebody replays it.


# %%
def replay(graph, name):
    history = graph.get_state_history(thread(name))
    due = next(s for s in history if s.next == ("answer",))
    return say(graph, due.config, None)


print("replayed:", replay(shop, "mara"))
print("her state:", sorted(shop.get_state(thread("mara")).values))

# %% [markdown]
# The replay says what she was never told, because it reads today's instructions. Nothing in her thread says
# which ones she got. So save every version under a key of its own, and pin the number in the state, in a
# node before the model:


# %%
class Chat(MessagesState):
    version: int


versions = ("shop", "versions")


def newest():
    found = store.search(versions, limit=1000)
    return max((int(item.key) for item in found), default=0)


def learn(text):
    store.put(versions, str(newest() + 1), {"text": text})


def pin(state: Chat):
    return {"version": newest()}


def answer(state: Chat, runtime: Runtime):
    item = runtime.store.get(versions, str(state["version"]))
    told = SystemMessage(item.value["text"])
    return {"messages": [model.invoke([told, *state["messages"]])]}


# %%
builder = StateGraph(Chat).add_sequence([pin, answer]).add_edge(START, "pin")
pinned = builder.compile(checkpointer=InMemorySaver(), store=store)
learn("You serve a flower shop.")
print("Mara:    ", say(pinned, thread("mara"), asks))
learn("You serve a flower shop. Apologise first.")
print("replayed:", replay(pinned, "mara"))
print("version: ", pinned.get_state(thread("mara")).values["version"])
print("next turn:", say(pinned, thread("mara"), asks))

# %% [markdown]
# The replay repeats Monday's answer, and her next turn gets the new rule. If a rule was a mistake, `learn`
# the old text again: that's a new version, and the record stays.
#
# **Decide.** Keep instructions in the store if they change more often than you deploy. Pin the version
# before the model runs. Let staff approve each text, because a customer's feedback is
# [something they said, not an instruction](../07_memory/lesson.ipynb). Let one process write, since a store
# has no compare-and-set. It costs a checkpoint per turn.

# %% [markdown]
# ## New code meets old threads: run each thread with the flow it began with
#
# A refund waits for approval, and then gets paid in full. Version 2 sets the price first, and pays that.
# Mara's refund waits while version 2 is deployed.

# %%
from typing import TypedDict

from langgraph.types import Command, interrupt

from course.stage import tried

bank, saver = [], InMemorySaver()


class Refund(TypedDict, total=False):
    order: int
    cents: int


def ask(state):
    interrupt(f"Refund order {state['order']}?")


def price(state):
    return {"cents": 4900}


def pay_all(state):
    bank.append((state["order"], "all"))


def pay(state):
    bank.append((state["order"], state["cents"]))


# %%
def flow(*nodes):
    builder = StateGraph(Refund).add_sequence([*nodes])
    builder.add_edge(START, nodes[0].__name__)
    return builder.compile(checkpointer=saver)


first, second = flow(ask, pay_all), flow(price, ask, pay)
mara = thread("mara")
first.invoke({"order": 7}, mara)
print("approved:       ", tried(second.invoke, Command(resume=True), mara))
print("version 1 again:", first.invoke(None, mara), "| bank:", bank)

# %% [markdown]
# Her thread waited behind `price`, so it never ran that node, and `pay` misses what it would have left. All
# tests were green, because they begin new threads. Rolling back doesn't help either: the thread has moved on
# to `pay`, and version 1 has no such node. (It doesn't even complain: see
# [lesson 05](../05_checkpointing/lesson.ipynb#renaming-a-node-or-a-field-breaks-threads-in-flight).)
#
# The code changed under a thread that had begun. So write the flow's number next to the thread's id.
# LangGraph copies it into the metadata of every checkpoint, and you can read it before you choose a graph:

# %%
FLOWS, NEWEST = {1: first, 2: second}, 2


def run(name, given):
    saved = saver.get_tuple(thread(name))
    number = saved.metadata.get("flow", 1) if saved else NEWEST
    config = {"configurable": {"thread_id": name, "flow": number}}
    return FLOWS[number].invoke(given, config)


first.invoke({"order": 8}, thread("ida"))  # before the numbers
run("ben", {"order": 9})
for name in ("ida", "ben"):
    run(name, Command(resume=True))
print(bank)

# %% [markdown]
# Ida's thread has no number yet, and finished as it began. Ben's began with version 2. We put Mara's back
# onto version 1, too. You can delete the old nodes as soon as nobody is left on them:


# %%
def left(number):
    for found in list(saver.list(None)):
        name = found.config["configurable"]["thread_id"]
        begun_with = found.metadata.get("flow", 1)
        if begun_with == number and FLOWS[number].get_state(thread(name)).tasks:
            yield name


first.update_state(mara, None, as_node="ask")  # back onto version 1
print("left on version 1:", set(left(1)))
run("mara", None)
print("left on version 1:", set(left(1)) or "nobody", "| bank:", bank)

# %% [markdown]
# **Decide.** Number every flow whose threads outlive a deploy, from its first version on. Keep the old graph
# until `left` is empty, then delete it. It costs one read a run, and old nodes in your code. If threads wait
# for months, migrate them instead, as in
# [`migrate_in_flight`](../05_checkpointing/exercises.ipynb#migrate_in_flight).

# %% [markdown]
# ## A question arrives in the middle of a stream: answer it after the end
#
# Mara wants her money back, and asks where her parcel is. One branch asks staff, and the other looks for
# the parcel and answers. A page shows what's streamed. It listens to `messages`:

# %%
import time

looks = chat_model(lambda messages: "Your parcel is in Oslo. ")
ran = []


def refund(state):
    done = "Refunded." if interrupt("Refund?") else "Declined."
    return {"messages": [("ai", done)]}


def parcel(state):
    ran.append("parcel")
    time.sleep(0.5)
    return {"messages": [looks.invoke(state["messages"])]}


builder = StateGraph(MessagesState).add_node(refund).add_node(parcel)
builder.add_edge(START, "refund").add_edge(START, "parcel")
desk = builder.compile(checkpointer=InMemorySaver())
both = {"messages": ["Money back, please. And where's my parcel?"]}

# %%
deaf = thread("deaf")
parts = desk.stream(both, deaf, stream_mode="messages")
print("she reads:", *(chunk.text for chunk, _ in parts))
print("open questions:", len(desk.get_state(deaf).interrupts))

# %% [markdown]
# The stream ended as if all were done, and nobody was told of the question: `messages` and `custom` don't
# have it. So the page listens to `updates` too, and shows a button as soon as a question comes. Staff are
# quick:


# %%
def page(config, given, quick=False):
    modes = ["messages", "updates"]
    for mode, event in desk.stream(given, config, stream_mode=modes):
        if mode == "messages":
            print("she reads:", event[0].text)
        elif "__interrupt__" in event:
            print("a button appears")
            if quick:
                page(config, Command(resume=True))


ran.clear()
page(thread("quick"), both, quick=True)
print("looked for the parcel:", len(ran), "times")

# %% [markdown]
# The question came while the parcel was still being looked for. The click began a second run beside the
# first. It found no result of `parcel`, so it looked again, and she reads the answer twice. If `parcel` had
# paid, it would have paid twice.


# %%
def patient_page(config, given):
    page(config, given)
    return desk.get_state(config).interrupts


ran.clear()
[question] = patient_page(thread("patient"), both)
answer_to = Command(resume={question.id: True})
print("left open:", patient_page(thread("patient"), answer_to))
print("looked for the parcel:", len(ran), "time")

# %% [markdown]
# **Decide.** Read a stream to its end, then take the open questions from `get_state`, and only then enable
# the button. Answer by id. What a node says *above* its `interrupt` is streamed again when it's resumed, so
# speak in a node before. It costs the wait for the slowest branch. If that's too long, give it a thread of
# its own.
