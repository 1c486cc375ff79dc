// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Faucet} from "../../src/Faucet.sol";

/// @dev A contract that takes no coin.
contract RefusingReceiver {}

/// @dev Uses up whatever gas it is given.
contract BurningReceiver {
    receive() external payable {
        while (gasleft() > 0) {}
    }
}

/// @dev Writes to its storage once, as smart accounts that count do.
contract PoorReceiver {
    uint256 public count;

    receive() external payable {
        ++count;
    }
}

/// @dev Calls back while it is paid: for the same turn and for the next.
contract GreedyReceiver {
    Faucet private _faucet;
    bool public tried;

    function go(Faucet faucet) external {
        _faucet = faucet;
        faucet.drip(address(this), 0);
    }

    receive() external payable {
        tried = true;
        try _faucet.drip(address(this), 0) {} catch {}
        try _faucet.drip(address(this), 1) {} catch {}
    }
}

/// @dev Says that everybody has plenty, and moves none of it.
contract StuckToken {
    function balanceOf(address) external pure returns (uint256) {
        return 1e30;
    }

    function transfer(address, uint256) external pure returns (bool) {
        return false;
    }
}
