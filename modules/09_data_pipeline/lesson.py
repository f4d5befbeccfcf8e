# %% [markdown]
# # The night shift
