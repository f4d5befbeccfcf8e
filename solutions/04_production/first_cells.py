# %%
import json
import operator
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal, TextIO, TypedDict

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.cache.memory import InMemoryCache
from langgraph.cache.sqlite import SqliteCache
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphBubbleUp, GraphDrained
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import CachePolicy, Command, Send, interrupt
from prometheus_client import CollectorRegistry, Counter, Histogram

from course import check, hint, timeline
