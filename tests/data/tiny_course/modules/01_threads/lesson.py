# %% [markdown]
# # Threads
#
# A thread is a list of checkpoints that share a `thread_id`.

# %%
thread = {"configurable": {"thread_id": "t1"}}

# %%
thread["configurable"]["thread_id"]

# %% [markdown]
# Each cell builds on the one above.

# %%
assert thread["configurable"]["thread_id"] == "t1"
