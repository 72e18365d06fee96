import { erasSuite } from "./eras/suite.js";

erasSuite("btrfs", 6);
