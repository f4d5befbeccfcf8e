# %%
import json
import math
import operator
import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import httpx
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphDrained
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import RunControl
from langgraph.types import Command, Overwrite, Send

from course import check, hint, timeline
from course.data_pipeline.graph import Night, build_night
from course.data_pipeline.metrics import measured, percentile
from course.data_pipeline.orders import BadOrder, Order, Part, cut, read
from course.data_pipeline.pricing import Busy, Refused, ask, patiently
from course.data_pipeline.report import report
from course.data_pipeline.run import run_night
from course.data_pipeline.sink import Priced, Rejected, Sink
from course.data_pipeline.worker import worker
