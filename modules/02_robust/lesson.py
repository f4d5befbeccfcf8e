# %% [markdown]
# # Failure, retry, resume
