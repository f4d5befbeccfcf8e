# %% [markdown]
# # What is stored
