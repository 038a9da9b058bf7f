[(block) (map) (record) (list) (arguments) (application) (switch)] @fold
