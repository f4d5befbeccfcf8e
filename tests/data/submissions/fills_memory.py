# says: asks for more memory than there is
# place: answer
# expect: out of memory
hoard = [bytearray(1 << 28) for _ in range(100)]
