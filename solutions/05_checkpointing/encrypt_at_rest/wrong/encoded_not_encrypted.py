# says: encrypted with the whole key
def open_vault(db_path, key):
    """Key only in the digest; the state is base64 msgpack."""
    import base64

    class Serde(JsonPlusSerializer):
        def dumps_typed(self, o):
            k, d = super().dumps_typed(o)
            return k, base64.b85encode(d)

        def loads_typed(self, d):
            return super().loads_typed((d[0], base64.b85decode(d[1])))

    def veil(t):
        return hmac.new(key, str(t).encode(), "sha256").hexdigest()

    def inward(c):
        g = c["configurable"]
        return {
            "configurable": {
                **{k: g[k] for k in ("checkpoint_ns", "checkpoint_id") if k in g},
                "thread_id": veil(g["thread_id"]),
            }
        }

    def outward(c, asked):
        return c and {"configurable": {**c["configurable"], "thread_id": asked["configurable"]["thread_id"]}}

    class V(SqliteSaver):
        def get_tuple(self, c):
            f = super().get_tuple(inward(c))
            return f and f._replace(config=outward(f.config, c), parent_config=outward(f.parent_config, c))

        def list(self, c, **k):
            for f in super().list(inward(c), **k):
                yield f._replace(config=outward(f.config, c), parent_config=outward(f.parent_config, c))

        def put(self, c, cp, m, nv):
            return outward(
                super().put(inward(c), cp, {x: m[x] for x in ("source", "step", "parents") if x in m}, nv), c
            )

        def put_writes(self, c, w, t, p=""):
            super().put_writes(inward(c), w, t, p)

        def delete_thread(self, t):
            super().delete_thread(veil(t))

    return V(sqlite3.connect(db_path, check_same_thread=False), serde=Serde())
