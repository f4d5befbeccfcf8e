# says: the whole key
def open_vault(db_path, key):
    import itertools

    def veil(t):
        return bytes(a ^ b for a, b in zip(str(t).encode(), itertools.cycle(key))).hex()

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

    return V(
        sqlite3.connect(db_path, check_same_thread=False),
        serde=EncryptedSerializer.from_pycryptodome_aes(key=key),
    )
