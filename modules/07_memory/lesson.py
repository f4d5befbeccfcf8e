# %% [markdown]
# # Memory
#
# This lesson is being written.
# %%
print("soon")
