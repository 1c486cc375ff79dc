// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Token for private and test networks: fixed supply, no owner, no minting afterwards.
/// @notice The escrow takes any ERC-20; a public network gives its own.
contract DcnToken is ERC20Permit {
    /// @param holder receives the whole supply
    /// @param supply in the smallest unit (18 decimals)
    constructor(address holder, uint256 supply) ERC20("dcn token", "DCN") ERC20Permit("dcn token") {
        _mint(holder, supply);
    }
}
