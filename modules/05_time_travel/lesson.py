# %% [markdown]
# # Debugging backwards
