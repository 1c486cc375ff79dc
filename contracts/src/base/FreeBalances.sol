// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IDealEscrow} from "../interfaces/IDealEscrow.sol";

/// @title The money that is in the escrow and in no deal. Pull only.
/// @dev The only calls to the token are here. State is written before the token is called where that is possible (withdraw);
/// a deposit must measure what arrived, so it is guarded: otherwise a token with both a fee and a hook could count one
/// transfer in two nested deposits.
abstract contract FreeBalances is IDealEscrow, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IERC20 internal immutable _token;
    mapping(address account => uint256 amount) private _free;

    constructor(address token_) {
        _token = IERC20(token_);
    }

    /// @inheritdoc IDealEscrow
    function deposit(address account, uint256 amount) external nonReentrant {
        _deposit(account, amount);
    }

    /// @inheritdoc IDealEscrow
    function depositWithPermit(address account, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        // anyone may have brought the permit already; then the allowance is there and its failure does not matter
        try IERC20Permit(address(_token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(account, amount);
    }

    /// @inheritdoc IDealEscrow
    function withdraw(address to, uint256 amount) external nonReentrant {
        // to the escrow itself would be money of nobody
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        _token.safeTransfer(to, amount);
    }

    /// @inheritdoc IDealEscrow
    function freeOf(address account) external view returns (uint256) {
        return _free[account];
    }

    /// @inheritdoc IDealEscrow
    function token() external view returns (address) {
        return address(_token);
    }

    /// @dev Takes from the caller only: an allowance given to the escrow is nobody else's to spend.
    function _deposit(address account, uint256 amount) private {
        if (account == address(0)) revert BadRecipient(account);
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - before;
        if (received < amount) revert TransferShortfall(amount, received);
        _credit(account, amount);
        emit Deposited(msg.sender, account, amount);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) _free[account] += amount;
    }

    function _debit(address account, uint256 amount) internal {
        uint256 free = _free[account];
        if (free < amount) revert InsufficientFree(account, free, amount);
        unchecked {
            _free[account] = free - amount;
        }
    }
}
