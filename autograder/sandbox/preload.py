"""Lists what the zygote imports before its first fork: what learners' cells will need.

What is missing here is imported in each child anew. `course` is what every notebook's first cell imports.
"""

PRELOAD = (
    "asyncio",
    "concurrent.futures.thread",
    "sqlite3",
    "h11",
    "httpcore",
    "langchain_core.callbacks",
    "langchain_core.language_models.fake_chat_models",
    "langchain_core.messages",
    "langchain_core.runnables.graph_mermaid",
    "langchain_core.tracers.context",
    "langgraph.cache.sqlite",
    "langgraph.checkpoint.memory",
    "langgraph.checkpoint.sqlite",
    "langgraph.checkpoint.sqlite.aio",
    "langgraph.func",
    "langgraph.graph",
    "langgraph.prebuilt",
    "langgraph.store.sqlite",
    "langgraph.types",
    "autograder.sandbox.inside.child",
    "course.learner.check",
    "course.learner.hints",
    "course.learner.chat_model",
    "course.support_agent.graph",
    "timetravel",
    "langchain_core.tracers.stdout",
    "prometheus_client",
    "Crypto.Cipher.AES",
    "unittest.mock",
)
