int broken( { return; }
