// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";

/// @dev The one cheatcode a deployment needs: what follows is sent by the key given on the command line.
interface IBroadcast {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @title Puts the contracts on a chain with forge, for those who deploy with forge.
/// @notice `dcn-node --init NAME --rpc URL` does the same by itself. Without a token a DcnToken is deployed, whose whole supply
/// `holder` gets. There is no court yet: its address is zero, so no deal can ask for a committee.
///
/// forge script contracts/script/Deploy.s.sol --rpc-url URL --interactive --broadcast \
///   --sig 'run(address,address,uint256)' TOKEN_OR_ZERO HOLDER MIN_WINDOW_SECONDS
contract Deploy {
    IBroadcast private constant VM = IBroadcast(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant SUPPLY = 1e27;

    event Deployed(address token, address escrow);

    function run(address token, address holder, uint256 minWindow) external returns (address, address) {
        VM.startBroadcast();
        (address usedToken, address escrow) = deploy(token, holder, minWindow);
        VM.stopBroadcast();
        emit Deployed(usedToken, escrow);
        return (usedToken, escrow);
    }

    /// @return the token that is used and the new escrow
    function deploy(address token, address holder, uint256 minWindow) public returns (address, address) {
        address used = token == address(0) ? address(new DcnToken(holder, SUPPLY)) : token;
        return (used, address(new DealEscrow(used, address(0), minWindow, 0)));
    }
}
