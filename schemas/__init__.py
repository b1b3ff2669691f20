"""The contract on the wire: one Avro file a type, committed ids, codec, compatibility gate."""
