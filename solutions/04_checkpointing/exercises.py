# %% [markdown]
# # Exercises: what is stored
#
# Three things to write, and one question to answer in words. Each prompt says exactly what is graded.

# %%
import asyncio
import json
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import add_messages

from course import check, hint, timeline

# %% [markdown]
# ## Write a saver
#
# Your platform keeps everything in one key-value service. A colleague wrote a LangGraph saver for it in an
# afternoon, and the official conformance suite said "FULL". In its first week a new customer was shown
# another's conversation, and an erased one was found in a backup. Write it again.
#
# `KeyValueSaver(store)` keeps checkpoints in `store`, a `MutableMapping[str, bytes]` that belongs to savers
# alone and outlives the process. Each single operation is atomic and durable; keys come in no particular order.
# While you try, `{}` is such a store.
#
# | method | what it has to do |
# |---|---|
# | `put` | Saves a checkpoint under `checkpoint["id"]`, its parent (the `checkpoint_id` in `config`, if any) and its metadata, made by `get_checkpoint_metadata(config, metadata)`. Returns the config that names the new checkpoint. |
# | `put_writes` | Saves what a task wrote, beside the checkpoint in `config`. A write is known by checkpoint, task and index: `WRITES_IDX_MAP[channel]` for special channels (errors, interrupts, …), else its position in `writes`. A task may hand in writes several times. A special write replaces the one with its index; any other is left alone if it is there already. |
# | `get_tuple` | Returns the `CheckpointTuple` that `config` names, or the newest of its thread and namespace; `None` if there is none. `pending_writes` are `(task_id, channel, value)`, in the order of `writes_sort_key(task_path, task_id, index)`. |
# | `list` | Yields such tuples, newest first: those of the thread, the namespace and the id that `config` gives (`None`: of all threads), whose metadata hold all of `filter`, which are older than `before`, and at most `limit`. |
# | `delete_thread` | Leaves nothing of the thread in the store. |
#
# A config is `{"configurable": {"thread_id": …, "checkpoint_ns": …, "checkpoint_id": …}}`. A missing namespace
# means `""`, but in `list` it means all; the id may be missing, too; thread ids are any strings. `pack`, `unpack` and the async
# methods, which call the sync ones, are written already.
#
# ```python
# store = {}
# graph = builder.compile(checkpointer=KeyValueSaver(store))   # its node adds "hello" to `log`
# graph.invoke({"log": ["hi"]}, {"configurable": {"thread_id": "ada"}})    # {'log': ['hi', 'hello']}
# again = builder.compile(checkpointer=KeyValueSaver(store))
# again.get_state({"configurable": {"thread_id": "ada"}}).values           # {'log': ['hi', 'hello']}
# again.get_state({"configurable": {"thread_id": "a"}}).values             # {}
# ```
#
# **Graded:** `langgraph-checkpoint-conformance` passes for all base methods; a graph with a loop runs to its end, by
# `invoke` and by `ainvoke`; after SIGKILL another process goes on from the store; a deleted thread leaves no key
# and no value, and its neighbours lose nothing; a thread that never ran is empty, even if its id begins like
# another's; configs without a namespace; writes that are handed in again, and their order; search by metadata
# over all threads.


# %% exercise="write_a_saver"
class KeyValueSaver(BaseCheckpointSaver[int]):
    """Keeps checkpoints in a mapping from strings to bytes."""

    def __init__(self, store: MutableMapping[str, bytes]) -> None:
        super().__init__()
        self.store = store

    def pack(self, value: Any) -> bytes:
        """Return a value as bytes, in the way that the saver's serializer writes it."""
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed: bytes) -> Any:
        """Return the value that was packed; a tuple comes back as a list."""
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; return the config that names it."""
        ### BEGIN SOLUTION
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)
        ### END SOLUTION

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save what a task wrote to channels."""
        ### BEGIN SOLUTION
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                self.store[key] = self.pack([task_path, channel, value])
        ### END SOLUTION

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that `config` names, or the newest of its thread and namespace."""
        ### BEGIN SOLUTION
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)
        ### END SOLUTION

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield the checkpoints that match, newest first."""
        ### BEGIN SOLUTION
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )
        ### END SOLUTION

    def delete_thread(self, thread_id: str) -> None:
        """Remove all that belongs to a thread."""
        ### BEGIN SOLUTION
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]
        ### END SOLUTION

    def config_of(self, thread: str, ns: str, id: str) -> RunnableConfig:
        """Return the config that names a checkpoint."""
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args: Any, **kwargs: Any) -> RunnableConfig:
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args: Any, **kwargs: Any) -> AsyncIterator[CheckpointTuple]:
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% [markdown] exercise="write_a_saver" tags=["hint"]
# Begin with the keys. From a key alone you must be able to say to which thread, namespace and checkpoint it
# belongs, and of a write also by which task and at which index: then "does this key belong to it?" is one
# comparison. How do you join these parts so that the key of thread `a/b` can never be taken for one of thread `a`?

# %% [markdown] exercise="write_a_saver" tags=["hint"]
# `json.dumps([…])` makes a key of parts, and `json.loads` gives them back, whatever characters they hold.
# `self.pack([…])` packs several values at once. Checkpoint ids grow with time, so the newest is the greatest. Once
# `list` is right, `get_tuple` is its first result, and `before` is a comparison of ids.

# %% [markdown] exercise="write_a_saver" tags=["hint"]
# ```python
# # put
# self.store[json.dumps(["checkpoint", thread, ns, id])] = self.pack([checkpoint, …, …])
#
# # put_writes
# for position, (channel, value) in enumerate(writes):
#     index = WRITES_IDX_MAP.get(channel, position)
#     key = json.dumps(["write", thread, ns, id, …, …])
#     if …:                                  # is it special, or not there yet?
#         self.store[key] = self.pack([task_path, channel, value])
#
# # list
# keys = [json.loads(key) for key in [*self.store]]
# for _, thread, ns, id in sorted((key for key in keys if key[0] == "checkpoint"), …):
#     …                                      # skip what does not match, and count what does
#     yield CheckpointTuple(config, checkpoint, metadata, parent_config, pending_writes)
#
# # delete_thread
# for key in [*self.store]:                  # a copy, for you change what you walk through
#     …
# ```


# %% exercise="write_a_saver" tags=["near-miss"] says="is still in the store"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        # A write belongs to a checkpoint. Without its checkpoint nobody can reach it.
        for key in [*self.store]:
            if json.loads(key)[:2] == ["checkpoint", thread_id]:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="asks the async methods only"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        raise RuntimeError("this saver is async: use aput")  # the suite asks for `aput`, and so do we

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        config, checkpoint, metadata, _ = args
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="is newer than the one that the node has seen"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    def get_next_version(self, current, channel):
        return 1  # a checkpoint is found by its id, so nothing here needs to count

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="threw away what the task had handed in before"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store[json.dumps(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        rows = [
            [WRITES_IDX_MAP.get(channel, position), channel, value]
            for position, (channel, value) in enumerate(writes)
        ]
        # A task hands in its writes when it has ended, so one value for each task will do.
        self.store[json.dumps(["write", *place, task_id])] = self.pack([task_path, rows])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        # A key is JSON, so that no id can be mistaken for the beginning of another.
        keys = [json.loads(key) for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, rows = self.unpack(self.store[json.dumps(key)])
                    for index, channel, value in rows:
                        writes.append((writes_sort_key(path, key[4], index), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if json.loads(key)[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="that has never run"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        self.store["/".join(["checkpoint", *place])] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = "/".join(["write", *place, task_id, str(index)])
            if index < 0 or key not in self.store:
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = config["configurable"]
        # Ids are long and random, so what begins like this can only be this thread.
        prefix = f"checkpoint/{where['thread_id']}"
        keys = [key.split("/") for key in [*self.store] if key.startswith(prefix)]
        keys = [key for key in keys if key[2] == where.get("checkpoint_ns", "")]
        ids = sorted(key[3] for key in keys if key[3] == (where.get("checkpoint_id") or key[3]))
        if not ids:
            return None
        thread = next(key[1] for key in keys if key[3] == ids[-1])
        return next(self.list(self.config_of(thread, where.get("checkpoint_ns", ""), ids[-1])), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        keys = [key.split("/") for key in [*self.store]]
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store["/".join(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store["/".join(key)])
                    writes.append((writes_sort_key(path, key[4], int(key[5])), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in [*self.store]:
            if key.split("/")[1] == thread_id:
                del self.store[key]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["near-miss"] says="knew nothing of the thread"
class KeyValueSaver(BaseCheckpointSaver[int]):
    def __init__(self, store):
        super().__init__()
        self.store = store
        self.keys = []  # a store is slow to walk through, so the keys are remembered

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b"\n" + data

    def unpack(self, packed):
        kind, _, data = packed.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), checkpoint["id"]]
        row = [checkpoint, get_checkpoint_metadata(config, metadata), where.get("checkpoint_id")]
        key = ["checkpoint", *place]
        self.keys = [known for known in self.keys if known != key] + [key]
        self.store[json.dumps(key)] = self.pack(row)
        return self.config_of(*place)

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        place = [where["thread_id"], where.get("checkpoint_ns", ""), where["checkpoint_id"]]
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            key = json.dumps(["write", *place, task_id, index])
            if index < 0 or key not in self.store:
                self.keys = [known for known in self.keys if known != json.loads(key)] + [json.loads(key)]
                self.store[key] = self.pack([task_path, channel, value])

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        return next(self.list({"configurable": where}, limit=1), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        wanted = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        keys = self.keys
        saved = [key for key in keys if key[0] == "checkpoint"]
        for _, thread, ns, id in sorted(saved, key=lambda key: key[3], reverse=True):
            if wanted and (wanted["thread_id"], wanted.get("checkpoint_ns", ns)) != (thread, ns):
                continue
            if id != (wanted.get("checkpoint_id") or id) or (end and id >= end):
                continue
            checkpoint, metadata, parent = self.unpack(self.store[json.dumps(["checkpoint", thread, ns, id])])
            if any(metadata.get(key) != value for key, value in (filter or {}).items()):
                continue
            if limit is not None and (limit := limit - 1) < 0:
                return
            writes = []
            for key in keys:
                if key[:4] == ["write", thread, ns, id]:
                    path, channel, value = self.unpack(self.store[json.dumps(key)])
                    writes.append((writes_sort_key(path, *key[4:]), (key[4], channel, value)))
            yield CheckpointTuple(
                self.config_of(thread, ns, id),
                checkpoint,
                metadata,
                self.config_of(thread, ns, parent) if parent else None,
                [write for _, write in sorted(writes, key=lambda pair: pair[0])],
            )

    def delete_thread(self, thread_id):
        for key in self.keys:
            if key[1] == thread_id:
                del self.store[json.dumps(key)]
        self.keys = [key for key in self.keys if key[1] != thread_id]

    def config_of(self, thread, ns, id):
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}

    async def aput(self, *args, **kwargs):
        return await asyncio.to_thread(self.put, *args, **kwargs)

    async def aput_writes(self, *args, **kwargs):
        await asyncio.to_thread(self.put_writes, *args, **kwargs)

    async def aget_tuple(self, config):
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, *args, **kwargs):
        for found in await asyncio.to_thread(lambda: [*self.list(*args, **kwargs)]):
            yield found

    async def adelete_thread(self, thread_id):
        await asyncio.to_thread(self.delete_thread, thread_id)


# %% exercise="write_a_saver" tags=["alternative"]
import threading
from itertools import islice


class KeyValueSaver(BaseCheckpointSaver[int]):
    """One value for each thread, read and written whole, under a lock."""

    lock = threading.RLock()

    def __init__(self, store):
        super().__init__()
        self.store = store

    def load(self, thread):
        packed = self.store.get(f"thread:{thread}")
        if packed is None:
            return {}
        kind, _, data = packed.partition(b"|")
        return self.serde.loads_typed((kind.decode(), data))

    def save(self, thread, content):
        kind, data = self.serde.dumps_typed(content)
        self.store[f"thread:{thread}"] = kind.encode() + b"|" + data

    def put(self, config, checkpoint, metadata, new_versions):
        where = config["configurable"]
        thread, ns = str(where["thread_id"]), where.get("checkpoint_ns", "")
        with self.lock:
            content = self.load(thread)
            entry = content.setdefault(ns, {}).setdefault(checkpoint["id"], {"writes": {}})
            entry["checkpoint"] = checkpoint
            entry["metadata"] = get_checkpoint_metadata(config, metadata)
            entry["parent"] = where.get("checkpoint_id")
            self.save(thread, content)
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = config["configurable"]
        with self.lock:
            content = self.load(str(where["thread_id"]))
            entries = content.setdefault(where.get("checkpoint_ns", ""), {})
            kept = entries.setdefault(where["checkpoint_id"], {"writes": {}})["writes"]
            for position, (channel, value) in enumerate(writes):
                index = WRITES_IDX_MAP.get(channel, position)
                written = [task_path, task_id, index, channel, value]
                if channel in WRITES_IDX_MAP:
                    kept[f"{task_id} {index}"] = written
                else:
                    kept.setdefault(f"{task_id} {index}", written)
            self.save(str(where["thread_id"]), content)

    def get_tuple(self, config):
        where = config["configurable"]
        config = {"configurable": {**where, "checkpoint_ns": where.get("checkpoint_ns", "")}}
        return next(iter(self.list(config)), None)

    def list(self, config, *, filter=None, before=None, limit=None):
        return islice(self.matching(config, filter, before), limit)

    def matching(self, config, filter, before):
        where = config["configurable"] if config else {}
        threads = [str(where["thread_id"])] if config else [key.partition(":")[2] for key in self.store]
        found = []
        for thread in threads:
            for ns, entries in self.load(thread).items():
                for id, entry in entries.items():
                    if "checkpoint" in entry and where.get("checkpoint_ns", ns) == ns:
                        found.append((id, thread, ns, entry))
        found.sort(key=lambda one: one[0], reverse=True)
        for id, thread, ns, entry in found:
            if where.get("checkpoint_id") not in (None, "", id):
                continue
            if before and id >= before["configurable"]["checkpoint_id"]:
                continue
            if filter and not all(entry["metadata"].get(key) == value for key, value in filter.items()):
                continue
            config = {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}
            parent = entry["parent"] and {
                "configurable": config["configurable"] | {"checkpoint_id": entry["parent"]}
            }
            writes = sorted(entry["writes"].values(), key=lambda one: writes_sort_key(*one[:3]))
            pending = [(task, channel, value) for _, task, _, channel, value in writes]
            yield CheckpointTuple(config, entry["checkpoint"], entry["metadata"], parent or None, pending)

    def delete_thread(self, thread_id):
        with self.lock:
            self.store.pop(f"thread:{thread_id}", None)

    async def aput(self, config, checkpoint, metadata, new_versions):
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(self, config, writes, task_id, task_path=""):
        self.put_writes(config, writes, task_id, task_path)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, *, filter=None, before=None, limit=None):
        for found in self.list(config, filter=filter, before=before, limit=limit):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)


# %% exercise="write_a_saver" tags=["alternative"]
from urllib.parse import quote, unquote


class KeyValueSaver(BaseCheckpointSaver[str]):
    """Quoted parts joined by slashes, found by prefix, and versions of its own, which are strings."""

    def __init__(self, store):
        super().__init__()
        self.store = store

    def get_next_version(self, current, channel):
        return f"{int(current or 0) + 1:012}"

    def path(self, *parts):
        return "".join(quote(str(part), safe="") + "/" for part in parts)

    def under(self, *parts):
        return sorted(key for key in [*self.store] if key.startswith(self.path(*parts)))

    def pack(self, value):
        kind, data = self.serde.dumps_typed(value)
        return kind.encode() + b" " + data

    def unpack(self, packed):
        kind, data = packed.split(b" ", 1)
        return self.serde.loads_typed((kind.decode(), data))

    def put(self, config, checkpoint, metadata, new_versions):
        where = {"checkpoint_ns": "", **config["configurable"]}
        thread, ns, parent = where["thread_id"], where["checkpoint_ns"], where.get("checkpoint_id", "")
        metadata = get_checkpoint_metadata(config, metadata)
        self.store[self.path("saved", thread, ns, checkpoint["id"])] = self.pack(
            (checkpoint, metadata, parent)
        )
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint["id"]}}

    def put_writes(self, config, writes, task_id, task_path=""):
        where = {"checkpoint_ns": "", **config["configurable"]}
        for position, (channel, value) in enumerate(writes):
            index = WRITES_IDX_MAP.get(channel, position)
            at = self.path(
                "wrote", where["thread_id"], where["checkpoint_ns"], where["checkpoint_id"], task_id, index
            )
            if channel in WRITES_IDX_MAP:
                self.store[at] = self.pack((task_path, channel, value))
            else:
                self.store.setdefault(at, self.pack((task_path, channel, value)))

    def read(self, key):
        _, thread, ns, id = (unquote(part) for part in key.split("/")[:4])
        checkpoint, metadata, parent = self.unpack(self.store[key])
        address = {"thread_id": thread, "checkpoint_ns": ns}
        writes = []
        for at in self.under("wrote", thread, ns, id):
            task, index = (unquote(part) for part in at.split("/")[4:6])
            path, channel, value = self.unpack(self.store[at])
            writes.append(((path, task, int(index)), (task, channel, value)))
        writes.sort(key=lambda one: one[0])
        return CheckpointTuple(
            config={"configurable": {**address, "checkpoint_id": id}},
            checkpoint=checkpoint,
            metadata=metadata,
            parent_config={"configurable": {**address, "checkpoint_id": parent}} if parent else None,
            pending_writes=[write for _, write in writes],
        )

    def get_tuple(self, config):
        where = {"checkpoint_ns": "", **config["configurable"]}
        keys = self.under("saved", where["thread_id"], where["checkpoint_ns"])
        if where.get("checkpoint_id"):
            keys = [key for key in keys if key.split("/")[3] == where["checkpoint_id"]]
        return self.read(keys[-1]) if keys else None

    def list(self, config, *, filter=None, before=None, limit=None):
        where = config["configurable"] if config else {}
        scope = [where["thread_id"]] if config else []
        if "checkpoint_ns" in where:
            scope.append(where["checkpoint_ns"])
        count = 0
        for key in sorted(self.under("saved", *scope), key=lambda key: key.split("/")[3], reverse=True):
            found = self.read(key)
            id = found.checkpoint["id"]
            if count == limit:
                break
            if where.get("checkpoint_id", id) != id or (
                before and id >= before["configurable"]["checkpoint_id"]
            ):
                continue
            if {**found.metadata, **(filter or {})} == found.metadata:
                count += 1
                yield found

    def delete_thread(self, thread_id):
        for key in self.under("saved", thread_id) + self.under("wrote", thread_id):
            del self.store[key]

    async def aput(self, *args):
        return self.put(*args)

    async def aput_writes(self, *args, **kwargs):
        self.put_writes(*args, **kwargs)

    async def aget_tuple(self, config):
        return self.get_tuple(config)

    async def alist(self, config, **kwargs):
        for found in self.list(config, **kwargs):
            yield found

    async def adelete_thread(self, thread_id):
        self.delete_thread(thread_id)


# %% [markdown]
# ## Storage budget
#
# A support bot keeps its conversations in SQLite. One thread with two hundred turns of 500 characters each way
# has made a file of 85 MB: for 200 kB of text. Every night somebody deletes old rows, and the file stays as
# large as it was. Last week they deleted a little more, and customers had to begin anew.
#
# `open_chat(connection, model)` returns the function that the bot calls, `say(customer, text)`: it adds `text` to the
# customer's conversation, asks `model` for the reply, adds that too, and returns it as a string. `model` gets
# all messages of the customer so far, from the oldest to the new one, and returns a string.
#
# - All that the bot remembers lies in LangGraph checkpoints, in the SQLite database of `connection` (a file, opened
#   with `check_same_thread=False`; it may hold conversations already). Old checkpoints may go; what was said may not.
# - **The budget**: with 300 kB of text said in them, the file and what SQLite keeps beside it take at most 5 MB once
#   `connection` is closed. So they must after every turn, for nobody calls a clean-up.
#
# ```python
# connection = sqlite3.connect("support.db", check_same_thread=False)
# say = open_chat(connection, lambda messages: f"I know {len(messages)} messages.")
# say("ada", "My order is 1842.")     # 'I know 1 messages.'
# say("ada", "Where is it?")          # 'I know 3 messages.'
# say("bob", "Hello?")                # 'I know 1 messages.'
# ```
#
# **Graded:** sixty long turns of one customer, and two hundred short ones of two who take turns, within the budget;
# at each turn the model is given the whole conversation of this customer, word for word; after SIGKILL a new
# process still knows all of it.


# %% exercise="storage_budget"
def open_chat(
    connection: sqlite3.Connection, model: Callable[[list[AnyMessage]], str]
) -> Callable[[str, str], str]:
    """Return `say(customer, text)`, whose database grows no faster than what is said."""

    ### BEGIN SOLUTION
    def joined(messages: list[AnyMessage], writes: Sequence[list[AnyMessage]]) -> list[AnyMessage]:
        return [*messages, *(message for written in writes for message in written)]

    class Talk(TypedDict):
        # A checkpoint holds no messages; they are put together from the writes of its ancestors.
        messages: Annotated[list[AnyMessage], DeltaChannel(joined)]

    def reply(state: Talk) -> dict[str, list[AnyMessage]]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer: str, text: str) -> str:
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say
    ### END SOLUTION


# %% [markdown] exercise="storage_budget" tags=["hint"]
# Each turn makes three checkpoints, and SqliteSaver writes the whole state into each. How often is the first message
# in the file after a hundred turns? To save less often makes that a third. Two things make it linear: not to
# keep the checkpoints that nobody needs, or not to write the whole list into each.

# %% [markdown] exercise="storage_budget" tags=["hint"]
# One way is `DeltaChannel` from `langgraph.channels.delta`, in the place of a reducer: `Annotated[list, DeltaChannel(f)]`,
# where `f(value, writes)` gets a list of writes. Its checkpoints hold no value, so nothing that it needs may be deleted.
# The other is to delete, after each turn, this thread's rows of `checkpoints` and `writes` except those of its
# newest checkpoint. Deleted rows leave free pages, which the next turn can use; `VACUUM` gives them back.

# %% [markdown] exercise="storage_budget" tags=["hint"]
# ```python
# def joined(messages, writes):                      # writes is a list of what nodes returned
#     return [*messages, *(…)]
#
# class Talk(TypedDict):
#     messages: Annotated[list[AnyMessage], DeltaChannel(…)]
#
# def reply(state):
#     return {"messages": [AIMessage(model(…))]}
#
# graph = StateGraph(Talk).add_node(reply).add_edge(START, "reply").compile(checkpointer=SqliteSaver(connection))
# def say(customer, text):
#     …
# return say
# ```


# %% exercise="storage_budget" tags=["near-miss"] says="grows with the square of the turns"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        # One checkpoint a turn: the file grows by one turn each time.
        state = graph.invoke({"messages": [HumanMessage(text)]}, config, durability="exit")
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="was deleted with its ancestors"
def open_chat(connection, model):
    class Talk(TypedDict):
        messages: Annotated[
            list[AnyMessage],
            DeltaChannel(lambda messages, writes: [*messages, *(m for one in writes for m in one)]),
        ]

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(Talk).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        newest = saver.get_tuple(config).checkpoint["id"]  # the newest checkpoint is the state
        for table in ("checkpoints", "writes"):
            connection.execute(
                f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="of it are free pages"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    saver = SqliteSaver(connection)
    graph = builder.compile(checkpointer=saver)

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        if len(state["messages"]) % 40 == 0:  # tidy up from time to time: deleted rows take no room
            newest = saver.get_tuple(config).checkpoint["id"]
            for table in ("checkpoints", "writes"):
                connection.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id <> ?", (customer, newest)
                )
            connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="after another customer had spoken"
def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):  # keep the newest checkpoint
            connection.execute(
                f"delete from {table} where checkpoint_id <> (select max(checkpoint_id) from checkpoints)"
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["near-miss"] says="a budget for the file is no limit for the conversation"
from langchain_core.messages import RemoveMessage


def open_chat(connection, model):
    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    def trim(state):
        return {"messages": [RemoveMessage(message.id) for message in state["messages"][:-20]]}

    builder = StateGraph(MessagesState).add_node(reply).add_node(trim)
    builder.add_edge(START, "reply").add_edge("reply", "trim")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        # Nobody needs more than the last twenty messages, and a short list makes small checkpoints.
        config = {"configurable": {"thread_id": customer}}
        return graph.invoke({"messages": [HumanMessage(text)]}, config)["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["alternative"]
def open_chat(connection, model):
    """The whole list in each checkpoint, but only the newest checkpoint of each thread is kept."""

    def reply(state):
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node(reply).add_edge(START, "reply")
    graph = builder.compile(checkpointer=SqliteSaver(connection))

    def say(customer, text):
        config = {"configurable": {"thread_id": customer}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
        for table in ("writes", "checkpoints"):
            connection.execute(
                f"""
                delete from {table} where thread_id = :thread and checkpoint_id not in (
                    select max(checkpoint_id) from checkpoints where thread_id = :thread group by checkpoint_ns
                )
                """,
                {"thread": customer},
            )
        connection.commit()
        return state["messages"][-1].text

    return say


# %% exercise="storage_budget" tags=["alternative"]
from langgraph.func import entrypoint


def open_chat(connection, model):
    """The functional API, one checkpoint a turn, and a `VACUUM` whenever a third of the file is free."""
    saver = SqliteSaver(connection)

    @entrypoint(checkpointer=saver)
    def turn(text: str, *, previous: Any = None) -> Any:
        said = [*(previous or []), HumanMessage(text)]
        answer = model(said)
        return entrypoint.final(value=answer, save=[*said, AIMessage(answer)])

    def say(customer, text):
        config = {"configurable": {"thread_id": f"chat:{customer}"}}
        answer = turn.invoke(text, config, durability="exit")
        newest = saver.get_tuple(config).config["configurable"]["checkpoint_id"]
        with saver.cursor() as cursor:
            for table in ("writes", "checkpoints"):
                cursor.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id < ?",
                    (f"chat:{customer}", newest),
                )
        free, pages = (
            connection.execute(f"pragma {what}").fetchone()[0] for what in ("freelist_count", "page_count")
        )
        if 3 * free > pages:
            connection.execute("vacuum")
        return answer

    return say


# %% [markdown]
# ## Online backup
#
# Every night a job copied `support.db` while the support bot was running. When the disk failed, the newest backup
# did not open; the one before it opened, and lacked the last two hours. Nobody had ever tried one.
#
# `back_up(db_path, copy_path)` makes a backup of a SQLite database that SqliteSaver writes to, perhaps while it
# runs in another thread or process. Paths may hold any characters.
#
# - The backup is the one file `copy_path`, and opens without any other beside it. It holds what had been committed when
#   `back_up` was called, perhaps some of what was committed meanwhile, and nothing from after a gap.
# - The service goes on writing during the backup; it never waits for you.
# - If there is a backup at `copy_path` already, the new one takes its place. If `db_path` is no database, or is
#   not there, an exception is raised, and the old backup is still what it was.
#
# ```python
# back_up("support.db", "backup.db")
# with SqliteSaver.from_conn_string("backup.db") as saver:
#     len(list(saver.list({"configurable": {"thread_id": "ada"}})))    # 3, as many as in support.db
# ```
#
# **Graded:** the backup of a service that is open and idle, in the place of an older one; of a service that commits
# while files are read and while you work; a source that is missing or is no database.


# %% exercise="online_backup"
def back_up(db_path: str, copy_path: str) -> None:
    """Make `copy_path` a backup of the database, as it was at one moment."""
    ### BEGIN SOLUTION
    # mode=rw: plain `connect` would make an empty database of a file that is not there.
    source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    # In the same folder, for a file can take the place of another only in the same file system.
    with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "new.db")
        source.execute("vacuum into ?", (str(new),))
        new.replace(copy_path)
    ### END SOLUTION


# %% [markdown] exercise="online_backup" tags=["hint"]
# Run `ls` beside a database that a saver has open. Which files are there, in which of them does the newest commit lie,
# and when does it move to the other? Whoever copies files copies them one after the other, and each from its beginning
# to its end. Who is the only one that can read a database as it was at one moment?

# %% [markdown] exercise="online_backup" tags=["hint"]
# Let SQLite read it: `Connection.backup(other)` and the statement `VACUUM INTO 'file'` both see one moment, and in
# WAL mode a reader stops no writer. Look at what `sqlite3.connect` does with a path where nothing is, and what
# `?mode=rw` in a `file:` URI changes. `Path.replace` puts a file in the place of another in one step.

# %% [markdown] exercise="online_backup" tags=["hint"]
# ```python
# source = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?…", uri=True)
# with closing(source), tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
#     new = Path(work, "new.db")                 # what is at copy_path stays until this is whole
#     …                                          # have SQLite write the copy
#     new.replace(…)
# ```


# %% exercise="online_backup" tags=["near-miss"] says="lies in `-wal`"
import shutil


def back_up(db_path, copy_path):
    shutil.copy(db_path, copy_path)  # a SQLite database is one file


# %% exercise="online_backup" tags=["near-miss"] says="at two moments"
import shutil


def back_up(db_path, copy_path):
    if not Path(db_path).exists():
        raise FileNotFoundError(db_path)
    if Path(db_path).read_bytes()[:15] != b"SQLite format 3":
        raise ValueError(f"{db_path} is no database")
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    shutil.copy(db_path + "-wal", new + "-wal")  # the newest commits are in here, so both make it whole
    connection = sqlite3.connect(new)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    Path(new).replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="while the file was being read"
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)
    connection.execute("pragma wal_checkpoint(truncate)")  # now everything is in the file
    connection.close()
    shutil.copy(db_path, copy_path + ".tmp")
    Path(copy_path + ".tmp").replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="could not write"
import shutil


def back_up(db_path, copy_path):
    connection = sqlite3.connect(
        f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
    )
    connection.execute("begin immediate")  # a backup needs the database to stand still
    new = copy_path + ".tmp"
    shutil.copy(db_path, new)
    if Path(db_path + "-wal").exists():
        shutil.copy(db_path + "-wal", new + "-wal")
    connection.execute("rollback")
    connection.close()
    copy = sqlite3.connect(new)
    copy.execute("pragma wal_checkpoint(truncate)")
    copy.close()
    Path(new).replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="`sqlite3.connect` makes an empty database"
def back_up(db_path, copy_path):
    source = sqlite3.connect(db_path)  # raises if there is no such file
    target = sqlite3.connect(copy_path + ".new")
    source.backup(target)
    target.close()
    source.close()
    Path(copy_path + ".new").replace(copy_path)


# %% exercise="online_backup" tags=["near-miss"] says="before the new one was there"
def back_up(db_path, copy_path):
    if Path(copy_path).exists():
        Path(copy_path).unlink()  # VACUUM INTO wants a path where nothing is
    with closing(sqlite3.connect(f"{Path(db_path).absolute().as_uri()}?mode=rw", uri=True)) as source:
        source.execute("vacuum into ?", (copy_path,))


# %% exercise="online_backup" tags=["alternative"]
def back_up(db_path, copy_path):
    """SQLite's backup API, straight into the old file: it is changed in one transaction, or not at all."""
    if not Path(db_path).is_file():
        raise FileNotFoundError(db_path)
    source = sqlite3.connect(db_path)
    source.execute("select count(*) from sqlite_master").fetchone()  # raises if it is no database
    target = sqlite3.connect(copy_path)
    source.backup(target)
    target.close()
    source.close()


# %% exercise="online_backup" tags=["alternative"]
def back_up(db_path, copy_path):
    """Page by page, so that even a large database is read in small steps; SQLite begins anew if it changes."""
    with tempfile.TemporaryDirectory(dir=Path(copy_path).absolute().parent) as work:
        new = Path(work, "copy")
        uri = Path(db_path).absolute().as_uri()
        with (
            closing(sqlite3.connect(f"{uri}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(new)) as target,
        ):
            source.backup(target, pages=200)
            target.execute("pragma journal_mode = delete")
        new.replace(copy_path)


# %% [markdown]
# ## Review a design
#
# A clinic's assistant is to go live on Monday. Its design says:
#
# > The saver is `SqliteSaver(connection, serde=EncryptedSerializer.from_pycryptodome_aes(key=KEY))`.
# >
# > 1. We run each case with `durability="exit"`. A case has six nodes and takes two minutes; one node books the
# >    appointment. All exceptions are caught, so when we deploy (SIGTERM) we lose one step at most, and a new process
# >    goes on with `invoke(None, config)`.
# > 2. A case is the thread `f"{email}/{day}"`, and `config["metadata"]` holds the ward. Since all is encrypted, the
# >    file may be sent to the support firm as it is.
# > 3. A patient who asks is erased: we call `delete_thread` for each of the patient's threads. What the assistant
# >    knows of a patient from case to case lies in a `SqliteStore`. Every night `VACUUM INTO` makes a backup; the last thirty are kept.
#
# For each of the three, say what really happens, what in LangGraph or SQLite makes it so, and what you would change.
# Three to five sentences for each are enough. You may run code.
#
# **Graded:** one point for each of the three; your instructor reads the answer.

# %% [markdown] exercise="review_a_design" points=3
# ### BEGIN SOLUTION
# **1. Deploying.** With `durability="exit"` nothing is written before the run ends. It ends orderly by its result, by an
# exception, or by Ctrl-C; SIGTERM, which Python does not handle by itself, ends the process as SIGKILL does. Then
# there is no checkpoint of this run at all, not even its input. On a new thread `invoke(None, …)` raises
# `EmptyInputError`; on one with finished runs it returns the old state, as if all were well. Whoever sends
# the input again runs all six nodes again, and may book twice. Change: `durability="sync"`, which makes that
# "at most the node that was running, and sometimes the one before it", a handler that lets the node finish on SIGTERM,
# and a key for the booking so that the second attempt is recognised.
#
# **2. Sending the file.** The serializer encrypts what it serializes: the channels' values, in checkpoints and in
# writes. The thread id, the metadata and the names of channels are plain columns, or plain JSON. So whoever has the file
# reads who was a patient, on which day, in which ward, and through which nodes the case went. Change: a thread id that
# says nothing (random, or an HMAC of the address), no personal data in `configurable` or `metadata`, and an encrypted
# volume or archive for what leaves the house. (On Postgres it would be worse: there, channels that hold a plain string or
# number stand in the checkpoint's JSON unencrypted.)
#
# **3. Erasing.** `delete_thread` deletes the thread's rows in `checkpoints` and `writes` of this one database. The Store
# is untouched, and so are thirty backups. In the file itself, the deleted rows may be readable for some time: in the
# `-wal` until SQLite resets it, and in free pages unless SQLite was built to overwrite them (`secure_delete`). Here that
# is the e-mail address above all, for the rest is encrypted. Change: delete the patient's namespace in the Store, then
# `wal_checkpoint(TRUNCATE)` and `VACUUM`; and say for how long backups live and erase again whenever one is restored, or
# encrypt each patient with a key of their own and destroy the key.
#
# *For marking, one point each.* 1: nothing at all is saved on SIGTERM, hence everything runs again (or the input is lost),
# with `durability="sync"`. Half a point for "loses more than one step" without the reason, or with no
# word on the booking. 2: thread id and metadata are plain, with an id that says nothing; half a point where
# only one of the two is named. 3: two of Store, backups, `-wal` or free pages, each with what to do; half a point for one.
# ### END SOLUTION
