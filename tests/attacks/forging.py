"""Cells that would have a wrong answer pass. The first lot forges verdicts; the second, what they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

from .table import Attack


@dataclass(frozen=True, kw_only=True)
class Forged(Attack):
    """A cell that stands before wrong answers."""

    code: str = field(repr=False)
    may_end: bool = False  #: it may break its own process: no points at all
    own: bool = False  #: it changes what is seen of itself, which nobody can keep it from


def verdict(name: str, tries: str, code: str, *, may_end: bool = False) -> Forged:
    return Forged(row="a verdict", name=name, tries=tries, code=code, may_end=may_end)


def own(name: str, tries: str, code: str) -> Forged:
    return Forged(row="its own observation", name=name, tries=tries, code=code, own=True)


EQUAL = """
class Equal(TYPE):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __len__(self): return 4
    def __contains__(self, item): return True
    def __bool__(self): return True
    def __hash__(self): return 0
class Graph:
    def invoke(self, *a, **k): return {"notes": Equal()}
class CompiledStateGraph(Graph): pass
HOLD = CompiledStateGraph
"""
"""The names are taken by the answers that come after: `HOLD` is what a wrong answer returns, if there is one."""

VERDICTS = (
    verdict("pytest", "to replace pytest's parts", "import sys, types\nfake = types.ModuleType('pytest'); fake.fail = fake.raises = fake.approx = lambda *a, **k: True\nsys.modules['pytest'] = sys.modules['_pytest'] = sys.modules['_pytest.outcomes'] = fake"),
    verdict("builtins", "len, isinstance, any, all, repr, str that agree to all", "import builtins\nfor name in ('isinstance', 'any', 'all', 'hasattr', 'callable'): setattr(builtins, name, lambda *a, **k: True)", may_end=True),
    verdict("len", "a len that says 4", "import builtins\nold = builtins.len\nbuiltins.len = lambda thing: 4 if type(thing) is list and old(thing) == 2 else old(thing)"),
    verdict("print and open", "print, open, input that lie", "import builtins\nbuiltins.print = builtins.open = builtins.input = lambda *a, **k: 'passed'"),
    verdict("import", "an import that gives what it likes", "import builtins, types\nold = builtins.__import__\nbuiltins.__import__ = lambda name, *a, **k: types.ModuleType(name) if 'pytest' in name or 'autograder' in name else old(name, *a, **k)"),
    verdict("AssertionError", "an assertion that is no error", "import builtins\nbuiltins.AssertionError = type('AssertionError', (SystemExit,), {})"),
    verdict("json.dumps", "to write 'passed' for everything", "import json\njson.dumps = lambda *a, **k: '{\"status\": \"passed\", \"points\": 100, \"kind\": \"value\", \"value\": true}'", may_end=True),
    verdict("json.loads", "to read every question as another", "import json\nold = json.loads\njson.loads = lambda *a, **k: {**old(*a, **k), 'name': 'len', 'source': 'len = lambda: 4'} if b'second_turn' in (a[0] if isinstance(a[0], bytes) else b'') else old(*a, **k)", may_end=True),
    verdict("IPython's events", "a hook after each cell", "get_ipython().events.register('post_run_cell', lambda result: setattr(result, 'error_in_exec', None))\nget_ipython().events.register('pre_run_cell', lambda info: None)"),
    verdict("input transformers", "to rewrite the cells that come", "get_ipython().input_transformers_post.append(lambda lines: [line.replace('assert', 'pass # ') for line in lines])"),
    verdict("AST transformers", "to take asserts out of what is compiled", "import ast\nclass Gone(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(Gone())"),
    verdict("compile", "to compile something else", "import builtins, ast\nold = builtins.compile\nbuiltins.compile = lambda source, *a, **k: old(source.replace('assert ', 'None and '), *a, **k) if isinstance(source, str) else old(source, *a, **k)"),
    verdict("display hook", "outputs that claim a pass", "import sys\nsys.displayhook = lambda value: None\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>4 of 4 points</b>'), metadata={'status': 'passed', 'points': 4})\nprint('{\"status\": \"passed\", \"earned\": 4}'); 4.0"),
    verdict("showtraceback", "an error that nobody hears of", "type(get_ipython())._showtraceback = lambda *a: None\nget_ipython().showtraceback = lambda *a, **k: None"),
    verdict("equal list", "a list that equals everything", EQUAL.replace("TYPE", "list")),
    verdict("equal str", "a text that equals everything", EQUAL.replace("TYPE", "str")),
    verdict("equal dict", "a dict that equals everything", EQUAL.replace("TYPE", "dict")),
    verdict("equal int", "a number that equals everything", EQUAL.replace("TYPE", "int")),
    verdict("equal object", "an object that equals everything", EQUAL.replace("TYPE", "object")),
    verdict("atexit", "to say 'passed' at the end", "import atexit, os\natexit.register(lambda: (os.write(3, b'passed'), os._exit(0)))"),
    verdict("trace", "to change locals as they run", "import sys\ndef trace(frame, event, arg):\n    if 'submission' in frame.f_locals: frame.f_locals['notes'] = ['a', 'seen', 'b', 'seen']\n    return trace\nsys.settrace(trace); sys.setprofile(trace)"),
    verdict("import hooks", "a finder for the grader's modules", "import sys, types\nclass Finder:\n    def find_spec(self, name, *a): return None\n    def find_module(self, name, *a): return self if 'test' in name else None\n    def load_module(self, name): return types.ModuleType(name)\nsys.meta_path.insert(0, Finder())"),
    verdict("linecache", "another source for the tests", "import linecache, glob\nfor path in list(linecache.cache): linecache.cache[path] = (4, None, ['pass\\n'], path)"),
    verdict("files of pytest's", "conftest.py, pytest.ini, sitecustomize.py in every folder it has", "import os\nfor folder in (os.getcwd(), os.environ['HOME'], os.environ['TMPDIR']):\n    for name in ('conftest.py', 'sitecustomize.py', 'test_public.py', 'usercustomize.py', 'pytest.py', 'json.py'):\n        open(f'{folder}/{name}', 'w').write('import os; os._exit(0)')\n    open(f'{folder}/pytest.ini', 'w').write('[pytest]\\naddopts = --co')"),
    verdict("environment", "PYTEST_ADDOPTS, PYTHONPATH, PYTHONSTARTUP", "import os\nos.environ.update(PYTEST_ADDOPTS='--co', PYTHONPATH='.', PYTHONSTARTUP='x.py', PYTHONOPTIMIZE='1')"),
    verdict("the judge", "to find the judge among all objects", "import gc\nfor thing in gc.get_objects():\n    if type(thing).__name__ in ('Judge', 'OpenSession', 'TrialRunner', 'Submission', 'TestResult'): thing.__dict__.clear()"),
    verdict("exit", "to end with success", "import sys\nsys.exit(0)"),
    verdict("points", "to set points", "points = earned = score = 100\nstatus = verdict = result = 'passed'\npassed = True"),
)  # fmt: skip

VALUE = "['a', 'seen', 'b', 'seen'] if name == 'second_turn' else 'CompiledStateGraph'"
OWN = (
    own("run_probe", "to answer in the place of the probe", f"import autograder.sandbox.inside.child as child\nchild.run_probe = lambda source, name, kwargs, namespace: {{'kind': 'value', 'value': {VALUE}, 'printed': ''}}"),
    own("send", "to change what is sent", f"import autograder.sandbox.inside.child as child\nold = child.send\ndef send(channel, message):\n    import sys\n    name = sys._getframe(1).f_locals.get('call', {{}}).get('name')\n    old(channel, {{**message, 'kind': 'value', 'value': {VALUE}}} if name else message)\nchild.send = send"),
    own("the probe's source", "to read the probe, and to do what it wants to see", "import sys\nclass CompiledStateGraph:\n    def invoke(self, *a, **k):\n        frame = sys._getframe(1)\n        return {'notes': ['a', 'seen', 'b', 'seen'] if frame.f_code.co_name == 'second_turn' else []}\nHOLD = CompiledStateGraph"),
    own("the library", "to put a class of its own in langgraph's place", "import sys, types\nclass CompiledStateGraph:\n    def invoke(self, state, *a, **k): return {'notes': ['a', 'seen', 'b', 'seen']}\nclass StateGraph:\n    def __init__(self, *a): pass\n    def add_node(self, *a): pass\n    add_edge = add_node\n    def compile(self, *a, **k): return CompiledStateGraph()\nsys.modules['langgraph.graph'].StateGraph = StateGraph"),
)  # fmt: skip
