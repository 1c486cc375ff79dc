// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobConsumer} from "../../src/interfaces/IJobBoard.sol";

/// @dev Remembers what it was told, and with how much gas.
contract Listener is IJobConsumer {
    bytes32 public request;
    bytes32 public told;
    uint256 public gasGiven;

    function onJobDone(bytes32 request_, JobResult calldata result) external {
        gasGiven = gasleft();
        (request, told) = (request_, keccak256(abi.encode(result)));
    }
}

/// @dev Calls the board back with whatever it was armed with, and tells nobody whether it worked.
contract Reentrant is IJobConsumer {
    bytes private _call;
    bool public called;
    bool public succeeded;

    function arm(bytes calldata call_) external {
        _call = call_;
    }

    function onJobDone(bytes32, JobResult calldata) external {
        called = true;
        (succeeded,) = msg.sender.call(_call);
    }
}

contract Reverting is IJobConsumer {
    function onJobDone(bytes32, JobResult calldata) external pure {
        revert("no");
    }
}

/// @dev Takes all gas it gets.
contract Burner is IJobConsumer {
    function onJobDone(bytes32, JobResult calldata) external pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @dev Answers with far more than anybody asked for: who copies it pays for it.
contract Bomber is IJobConsumer {
    bool private immutable _reverts;

    constructor(bool reverts_) {
        _reverts = reverts_;
    }

    function onJobDone(bytes32, JobResult calldata) external view {
        bool reverts = _reverts;
        assembly ("memory-safe") {
            if reverts { revert(0, 200000) }
            return(0, 200000)
        }
    }
}

/// @dev Its whole code is CALLER SELFDESTRUCT; the compiler warns of that word.
contract Suicide {
    constructor() {
        assembly ("memory-safe") {
            mstore(0, shl(240, 0x33ff))
            return(0, 2)
        }
    }
}
