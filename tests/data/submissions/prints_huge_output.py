# says: prints 100 MB
# place: top
# expect: passed
for _ in range(100):
    print("x" * (1 << 20))
