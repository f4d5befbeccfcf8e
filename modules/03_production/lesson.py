# %% [markdown]
# # The production pattern
