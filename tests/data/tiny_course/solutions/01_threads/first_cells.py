# %%
import operator
from typing import Annotated, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from course import check, hint, timeline

# %%
class State(TypedDict):
    notes: Annotated[list[str], operator.add]
