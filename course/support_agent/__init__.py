"""The flower shop's support agent, whole: what module 08 builds up, and `course chat` runs.

Each file is one part, and reads in one look:

- `state`, `shop`: what a thread remembers, and what the desk needs from a shop.
- `memory`, `context`, `model`, `tools`: the customer's facts, what the model is sent, what it may do.
- `loop`, `policy`, `refunds`, `log`, `people`, `graph`: the graph, from the tool loop to the whole.
- `sessions`, `files`: the door, which knows who is calling, and survives being killed.
- `audit`, `evidence`, `invariants`, `observe`, `alerts`: looking at it from outside.
- `scripted`: a stand-in for a model, that needs no key.
"""
