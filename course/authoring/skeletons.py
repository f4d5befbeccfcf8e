"""The texts that `course new` writes: `${…}` is filled in there, TODO by the author."""

from __future__ import annotations

LESSON = """\
# %% [markdown]
# # ${topic}
"""

SOURCE_HEAD = """\
# %% [markdown]
# # Exercises: ${topic}

# %%
from course import check, hint, timeline
"""

EXERCISE = '''
# %% [markdown]
# ## ${title}
#
# TODO: what to build, what it must do, and one example of it in use.

# %% exercise="${name}"
def ${name}():
    """TODO: what it does, in one sentence."""
    ### BEGIN SOLUTION
    return "TODO"
    ### END SOLUTION

# %% [markdown] exercise="${name}" tags=["hint"]
# TODO: the idea.

# %% [markdown] exercise="${name}" tags=["hint"]
# TODO: the API.

# %% [markdown] exercise="${name}" tags=["hint"]
# TODO: the shape.

# %% exercise="${name}" tags=["near-miss"] says="TODO: what the learner is told"
def ${name}():
    return "TODO: a mistake that people really make"

# %% exercise="${name}" tags=["near-miss"] says="TODO: what the learner is told"
def ${name}():
    return "TODO: another"

# %% exercise="${name}" tags=["near-miss"] says="TODO: what the learner is told"
def ${name}():
    return "TODO: a third"

# %% exercise="${name}" tags=["alternative"]
def ${name}():
    return "TODO: a right answer of another kind"
'''

TESTS_HEAD = '''\
"""Public tests of module ${module}: what learners may see."""

from __future__ import annotations

import pytest
'''

HIDDEN_HEAD = '''\
"""Hidden tests of module ${module}."""

from __future__ import annotations

import pytest
'''

PUBLIC_TEST = '''

def call_${name}(${name}):
    return ${name}()


@pytest.mark.exercise("${name}", points=2)
def test_${name}(submission):
    """TODO: what holds when this passes."""
    seen = submission.observe(call_${name})
    assert seen == "TODO", f"TODO: what was seen ({seen}), what it means, what to look at next"
'''

HIDDEN_TEST = '''

def call_${name}_again(${name}):
    return ${name}()


@pytest.mark.exercise("${name}", points=1)
def test_${name}_elsewhere(submission):
    """TODO: what else holds when this passes."""
    seen = submission.observe(call_${name}_again)
    assert seen == "TODO", f"TODO: what was seen ({seen}), what it means, what to look at next"
'''
